"""
The second wall between organizations: foreign keys that contain the organization.

A plain foreign key accepts any row that exists. `(organization_id, x_id)` accepts rows of the same
organization only, whatever the code above it does. Such a key is declared in the model as a
ForeignKey with `db_constraint=False`, and in a migration with `same_organization`.
"""

from django.db.migrations import RunSQL


def same_organization(table: str, column: str, target: str) -> RunSQL:
    """Return the migration step that ties `table.column` to a row of the same organization."""
    name = f"{table}_{column}_same_org"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name}"
        f" FOREIGN KEY (organization_id, {column}) REFERENCES {target} (organization_id, id)"
        " DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def referable(table: str) -> RunSQL:
    """Return the migration step that lets `same_organization` point at `table`."""
    name = f"{table}_org_id"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (organization_id, id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
