"""The plugin "Container Service": commands, launches and the jobs that come of them (schema-and-search 5.9).

Nothing is run: a job writes its command line, with the values put in, to its log, waits as many seconds as a
``sleep N`` in it says, and ends with the status of an ``exit N`` in it, 0 without one.
"""
