"""The drive: the export, folders computed from the catalog, and the inbox, as WebDAV with WsgiDAV and cheroot."""
