"""Usage: python -m scenario CLIENT URL OPEN_URL USER PASSWORD INPUTS WORK; guests may read at OPEN_URL.

Prints one JSON object a step, and waits for a line on its input before it goes on, so that whoever started it can
count the requests of each step.
"""

import importlib
import json
import logging
import os
import sys
import traceback
from pathlib import Path

from . import STEPS
from .pandas_stand_in import stand_in
from .tour import Tour


def typed(value):
    """Return a value that JSON has no type for with the name of its own."""
    return f"{type(value).__name__} {value}"


def outcome(function, tour):
    try:
        return {"result": function(tour)}
    except Exception as error:  # noqa: BLE001 - what a step raises is a difference like any other
        traceback.print_exc(file=sys.__stderr__)
        return {"result": {"failed": f"{type(error).__name__}: {error}".partition("\n")[0]}}


def main():
    client, url, open_url, user, password, inputs, work = sys.argv[1:8]
    told = sys.stdout
    # Clients print progress.
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the program runs
    logging.disable(logging.CRITICAL)
    if client == "xnat":
        stand_in()
    tour = Tour(
        xnat=importlib.import_module(client),
        is_xnatpy=client == "xnat",
        url=url,
        open_url=open_url,
        user=user,
        password=password,
        inputs=Path(inputs),
        work=Path(work),
    )
    for name, function in STEPS.items():
        line = {"step": name, **outcome(function, tour)}
        print(json.dumps(line, default=typed), file=told, flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    main()
