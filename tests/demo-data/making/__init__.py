"""Steps of make.py: one module per kind of demo data. Start reading at ../make.py."""
