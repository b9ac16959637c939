"""The database's own check that a journal entry balances: at least two postings that sum to zero (docs/ledger.md).

PostgreSQL waits until the commit and then looks at every entry and posting that was inserted. SQLite can check a row only when it is
written, before the others of its entry are there; it looks at the moment when the chain's head moves over new entries, after all their
postings. On both engines an entry that the head has passed takes no more postings.
"""

from __future__ import annotations

from sqlalchemy import Connection

_PASSED = """SELECT 1 FROM journal_entries e JOIN chain_heads h ON h.firm_id = e.firm_id
  WHERE e.firm_id = NEW.firm_id AND e.id = NEW.journal_entry_id AND e.sequence <= h.sequence"""
_SQLITE = {
    "wall_chain_heads_sealed": """
BEFORE UPDATE OF sequence ON chain_heads WHEN EXISTS (
  SELECT 1 FROM journal_entries e LEFT JOIN postings p ON p.firm_id = e.firm_id AND p.journal_entry_id = e.id
  WHERE e.firm_id = NEW.firm_id AND e.sequence > OLD.sequence AND e.sequence <= NEW.sequence
  GROUP BY e.id HAVING count(p.id) < 2 OR sum(p.amount_minor) <> 0)
BEGIN SELECT RAISE(ABORT, 'the journal entry does not balance'); END""",
    "wall_postings_sealed": """
BEFORE INSERT ON postings WHEN EXISTS (PASSED)
BEGIN SELECT RAISE(ABORT, 'the journal entry takes no more postings'); END""",
}

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION lexapp_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (PASSED) THEN RAISE EXCEPTION 'the journal entry takes no more postings'; END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION lexapp_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry bigint;
  found record;
BEGIN
  IF TG_TABLE_NAME = 'postings' THEN entry = NEW.journal_entry_id; ELSE entry = NEW.id; END IF;
  SELECT count(*) AS postings, coalesce(sum(amount_minor), 0) AS total INTO found
    FROM postings WHERE firm_id = NEW.firm_id AND journal_entry_id = entry;
  IF found.postings < 2 OR found.total <> 0 THEN
    RAISE EXCEPTION 'the journal entry does not balance: % postings sum to %', found.postings, found.total;
  END IF;
  RETURN NULL;
END $$;
"""


def install_entry_walls(connection: Connection, present: set[str]) -> None:
    """Install the triggers afresh, where the tables exist. Idempotent."""
    if not {"journal_entries", "postings", "chain_heads"} <= present:
        return
    if connection.dialect.name == "sqlite":
        for name, body in _SQLITE.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {body.replace('PASSED', _PASSED)}")
        return
    connection.exec_driver_sql(_FUNCTIONS.replace("PASSED", _PASSED).replace("%", "%%"))
    connection.exec_driver_sql("DROP TRIGGER IF EXISTS wall_sealed ON postings")
    connection.exec_driver_sql("CREATE TRIGGER wall_sealed BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION lexapp_sealed()")
    for table in ("journal_entries", "postings"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS wall_balanced ON {table}")
        deferred = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lexapp_balanced()"
        connection.exec_driver_sql(f"CREATE CONSTRAINT TRIGGER wall_balanced AFTER INSERT ON {table} {deferred}")
