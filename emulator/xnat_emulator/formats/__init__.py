"""What leaves and enters as text or bytes: item documents, tables, catalogs, archives."""
