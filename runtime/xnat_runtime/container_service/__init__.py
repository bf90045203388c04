"""The plugin "Container Service": commands, launches, jobs, hosts (schema-and-search 5.9)."""
