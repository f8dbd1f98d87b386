"""The site: settings, addresses, pages and API over the registry in `partnerships`."""
