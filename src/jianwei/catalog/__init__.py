"""The catalog: the one truth of a library, in a relational database through SQLAlchemy Core.

Open one with `jianwei.catalog.sql_catalog.SqlCatalog.open`. Importing this package alone loads no database driver.
"""
