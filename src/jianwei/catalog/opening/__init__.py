"""From a path or URL to connections whose schema is the present one."""
