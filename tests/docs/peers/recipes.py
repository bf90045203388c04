"""Runs the recipes of another client: its name, server, user and password are the arguments.

The blocks come as a list on the standard input and run in one namespace; what each printed goes out as a list.
"""

import contextlib
import io
import json
import sys


def login(client, server, user, password):
    if client == "xnatpy":
        import xnat

        return {"connection": xnat.connect(server, user=user, password=password, loglevel="ERROR")}
    import pyxnat

    return {"interface": pyxnat.Interface(server=server, user=user, password=password)}


def main():
    namespace = login(*sys.argv[1:])
    printed = []
    for code in json.load(sys.stdin):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(code, "recipe", "exec"), namespace)
        printed.append(output.getvalue())
    for found in namespace.values():
        if hasattr(found, "disconnect"):
            found.disconnect()
    print(json.dumps(printed))


if __name__ == "__main__":
    main()
