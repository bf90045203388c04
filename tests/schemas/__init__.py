"""Tests of the input data: schemas, routes and display fields."""
