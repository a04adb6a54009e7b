"""Who may look, decide and run jobs; nobody may write to our databases through Datasette."""

from datasette import hookimpl
from datasette.permissions import Action, PermissionSQL

from mediaparser_core.web import explorer_of

OURS = (
    Action(name="media-view", abbr="mv", description="See the pictures and what is known about them"),
    Action(name="review-decide", abbr="rd", description="Answer questions: keep, discard, date, tag, undo"),
    Action(name="jobs-control", abbr="jc", description="Start, pause, resume and cancel jobs"),
)
WRITES = frozenset(
    {"insert-row", "update-row", "delete-row", "create-table", "alter-table", "drop-table", "create-view", "drop-view",
     "execute-write-sql", "set-column-type", "view-database-download", "store-query", "update-query", "delete-query"}
)  # fmt: skip
LOOKS = frozenset({"view-database", "view-table", "view-query"})
GRANTS = {"look": {"media-view"}, "decide": {"media-view", "review-decide", "jobs-control", "execute-sql"}}


@hookimpl
def register_actions(datasette):
    return OURS if explorer_of(datasette) is not None else ()


@hookimpl
def permission_resources_sql(datasette, actor, action):
    explorer = explorer_of(datasette)
    if explorer is None:
        return None
    databases = [name for name in (explorer.database, "decisions") if name in datasette.databases]
    roles = (actor or {}).get("roles")
    if roles is None and (actor or {}).get("id") == "root" and datasette.root_enabled:
        roles = ["decide"]
    granted = set().union(*(GRANTS.get(role, ()) for role in roles or ()))
    if action in {each.name for each in OURS}:
        return PermissionSQL.allow(reason="their role") if action in granted else None
    if action in WRITES:
        return _verdict(databases, allow=False, reason="MediaParser's databases are for reading", children=True)
    if action == "execute-sql":
        return _verdict(databases, allow=action in granted, reason="only who may decide may ask in SQL")
    if action in LOOKS and "media-view" not in granted:
        # whoever runs a Datasette of their own may still open single tables to others in its configuration
        return _verdict(databases, allow=False, reason="please log in")
    return None


def _verdict(databases, *, allow, reason, children=False):
    """One rule for each of our databases, and for each of its tables where a rule for one must not get past it."""
    params = {f"mp_db_{n}": name for n, name in enumerate(databases)} | {"mp_reason": reason, "mp_allow": int(allow)}
    rules = [
        f"select :mp_db_{n} as parent, null as child, :mp_allow as allow, :mp_reason as reason"
        for n in range(len(databases))
    ]
    if children and databases:
        names = ", ".join(f":mp_db_{n}" for n in range(len(databases)))
        for table, column in (("catalog_tables", "table_name"), ("catalog_views", "view_name"), ("queries", "name")):
            rules.append(
                f"select database_name, {column}, :mp_allow, :mp_reason from {table} where database_name in ({names})"
            )
    return PermissionSQL(sql=" union all ".join(rules), params=params) if rules else None
