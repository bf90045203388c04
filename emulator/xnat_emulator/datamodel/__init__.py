"""What a site knows about its data types: schemas, paths into them, shown fields, values as text."""
