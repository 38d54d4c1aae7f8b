"""How a page is made of its template; which pages there are is the matter of `pages/`."""
