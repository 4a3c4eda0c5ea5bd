"""The tables of the sandbox's database. Times are UTC with nanoseconds as text; ids only grow."""

from __future__ import annotations

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS users (
        number INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, username TEXT UNIQUE NOT NULL,
        email TEXT NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL, user_role TEXT NOT NULL,
        created_time TEXT NOT NULL, updated_time TEXT NOT NULL, active_time TEXT,
        confirmed INTEGER NOT NULL DEFAULT 1, locked INTEGER NOT NULL DEFAULT 0, service INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE IF NOT EXISTS api_keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT, user_guid TEXT NOT NULL REFERENCES users(guid), name TEXT NOT NULL,
        digest TEXT UNIQUE NOT NULL, tail TEXT NOT NULL, user_role TEXT, created_time TEXT NOT NULL,
        active_time TEXT, expires_at TEXT)""",
    """CREATE TABLE IF NOT EXISTS groups (
        guid TEXT PRIMARY KEY, name TEXT UNIQUE NOT NULL, owner_guid TEXT)""",
    """CREATE TABLE IF NOT EXISTS members (
        group_guid TEXT NOT NULL REFERENCES groups(guid) ON DELETE CASCADE,
        user_guid TEXT NOT NULL REFERENCES users(guid), PRIMARY KEY (group_guid, user_guid))""",
    """CREATE TABLE IF NOT EXISTS content (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL,
        owner_guid TEXT NOT NULL REFERENCES users(guid),
        name TEXT NOT NULL, title TEXT, description TEXT NOT NULL DEFAULT '', access_type TEXT NOT NULL DEFAULT 'acl',
        app_mode TEXT NOT NULL DEFAULT 'unknown', content_category TEXT NOT NULL DEFAULT '',
        parameterized INTEGER NOT NULL DEFAULT 0, bundle_id INTEGER, created_time TEXT NOT NULL,
        last_deployed_time TEXT NOT NULL, locked INTEGER NOT NULL DEFAULT 0, locked_message TEXT NOT NULL DEFAULT '',
        py_version TEXT, quarto_version TEXT, py_environment_management INTEGER, variant_key TEXT NOT NULL,
        settings TEXT NOT NULL DEFAULT '{}', UNIQUE (owner_guid, name))""",
    """CREATE TABLE IF NOT EXISTS bundles (
        id INTEGER PRIMARY KEY AUTOINCREMENT, content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        created_time TEXT NOT NULL, created_by TEXT NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL,
        sha1 TEXT NOT NULL, metadata TEXT NOT NULL, inspection TEXT NOT NULL, built INTEGER NOT NULL DEFAULT 0,
        py_version TEXT, quarto_version TEXT, py_environment_management INTEGER, environment TEXT, packages TEXT)""",
    "CREATE INDEX IF NOT EXISTS bundles_of_content ON bundles (content_guid, id)",
    """CREATE TABLE IF NOT EXISTS tasks (
        id TEXT PRIMARY KEY, content_guid TEXT, bundle_id INTEGER, user_guid TEXT NOT NULL, created_time TEXT NOT NULL,
        finished_time TEXT, finished INTEGER NOT NULL DEFAULT 0, code INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT '', result TEXT)""",
    """CREATE TABLE IF NOT EXISTS task_lines (
        task_id TEXT NOT NULL REFERENCES tasks(id) ON DELETE CASCADE, number INTEGER NOT NULL, line TEXT NOT NULL,
        PRIMARY KEY (task_id, number)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL,
        content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE, bundle_id INTEGER, tag TEXT NOT NULL,
        pid INTEGER, start_time TEXT NOT NULL, end_time TEXT, heartbeat_time TEXT NOT NULL, exit_code INTEGER,
        status INTEGER NOT NULL DEFAULT 0, error TEXT, skip_reason TEXT, scheduled_time TEXT, queued_time TEXT)""",
    """CREATE TABLE IF NOT EXISTS job_lines (
        job_key TEXT NOT NULL REFERENCES jobs(key) ON DELETE CASCADE, number INTEGER NOT NULL, source TEXT NOT NULL,
        timestamp TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (job_key, number)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS permissions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        principal_guid TEXT NOT NULL, principal_type TEXT NOT NULL, role TEXT NOT NULL,
        UNIQUE (content_guid, principal_guid))""",
    """CREATE TABLE IF NOT EXISTS tags (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
        parent_id INTEGER REFERENCES tags(id) ON DELETE CASCADE, created_time TEXT NOT NULL,
        updated_time TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS content_tags (
        content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        tag_id INTEGER NOT NULL REFERENCES tags(id) ON DELETE CASCADE, PRIMARY KEY (content_guid, tag_id))""",
    """CREATE TABLE IF NOT EXISTS vanities (
        content_guid TEXT PRIMARY KEY REFERENCES content(guid) ON DELETE CASCADE, path TEXT UNIQUE NOT NULL,
        created_time TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS repositories (
        content_guid TEXT PRIMARY KEY REFERENCES content(guid) ON DELETE CASCADE, repository TEXT NOT NULL,
        branch TEXT NOT NULL, directory TEXT NOT NULL, polling INTEGER NOT NULL DEFAULT 0,
        last_error TEXT NOT NULL DEFAULT '', last_known_commit TEXT NOT NULL DEFAULT '', last_fetched_time TEXT)""",
    """CREATE TABLE IF NOT EXISTS environments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, cluster_name TEXT NOT NULL,
        name TEXT UNIQUE NOT NULL, created_time TEXT NOT NULL, updated_time TEXT NOT NULL, fields TEXT NOT NULL)""",
    "INSERT OR IGNORE INTO sqlite_sequence SELECT 'environments', 1 WHERE NOT EXISTS"
    " (SELECT 1 FROM sqlite_sequence WHERE name = 'environments')",
    """CREATE TABLE IF NOT EXISTS system_checks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, start_time TEXT NOT NULL, results TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS visits (
        id INTEGER PRIMARY KEY AUTOINCREMENT, content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        user_guid TEXT, time TEXT NOT NULL, bundle_id INTEGER, variant_key TEXT, path TEXT, query TEXT,
        user_agent TEXT, sec_fetch_dest TEXT, sec_fetch_site TEXT)""",
    """CREATE TABLE IF NOT EXISTS sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        user_guid TEXT, time TEXT NOT NULL, ended TEXT)""",
    """CREATE TABLE IF NOT EXISTS audit_logs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, user_id TEXT NOT NULL, user_guid TEXT,
        user_description TEXT NOT NULL, action TEXT NOT NULL, event_description TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS schedules (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        content_guid TEXT UNIQUE NOT NULL REFERENCES content(guid) ON DELETE CASCADE, type TEXT NOT NULL,
        schedule TEXT NOT NULL, start_time TEXT NOT NULL, next_run TEXT, timezone TEXT NOT NULL,
        activate INTEGER NOT NULL, email INTEGER NOT NULL, rule TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS schedule_changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        change_type TEXT NOT NULL, change_time TEXT NOT NULL, user_guid TEXT NOT NULL, rule TEXT)""",
    """CREATE TABLE IF NOT EXISTS renderings (
        id INTEGER PRIMARY KEY AUTOINCREMENT, content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        bundle_id INTEGER NOT NULL, job_key TEXT NOT NULL, start_time TEXT NOT NULL, render_time TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS mails (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, content_guid TEXT NOT NULL,
        recipients TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS integrations (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
        template TEXT NOT NULL, config TEXT NOT NULL, permissions TEXT NOT NULL, created_time TEXT NOT NULL,
        updated_time TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS associations (
        content_guid TEXT NOT NULL REFERENCES content(guid) ON DELETE CASCADE,
        integration_guid TEXT NOT NULL REFERENCES integrations(guid) ON DELETE CASCADE, created_time TEXT NOT NULL,
        PRIMARY KEY (content_guid, integration_guid))""",
    """CREATE TABLE IF NOT EXISTS oauth_clients (
        id INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT UNIQUE NOT NULL, name TEXT NOT NULL,
        redirect_uris TEXT NOT NULL, grant_types TEXT NOT NULL, created_time TEXT NOT NULL, last_used_time TEXT)""",
    """CREATE TABLE IF NOT EXISTS oauth_codes (
        digest TEXT PRIMARY KEY, client_id TEXT NOT NULL REFERENCES oauth_clients(client_id) ON DELETE CASCADE,
        user_guid TEXT NOT NULL, redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL, expires REAL NOT NULL,
        used INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE IF NOT EXISTS oauth_devices (
        digest TEXT PRIMARY KEY, user_code TEXT UNIQUE NOT NULL,
        client_id TEXT NOT NULL REFERENCES oauth_clients(client_id) ON DELETE CASCADE, interval INTEGER NOT NULL,
        expires REAL NOT NULL, polled REAL, answer TEXT, user_guid TEXT)""",
    """CREATE TABLE IF NOT EXISTS oauth_sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        client_id TEXT NOT NULL REFERENCES oauth_clients(client_id) ON DELETE CASCADE, user_guid TEXT NOT NULL,
        code TEXT, created_time TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS oauth_tokens (
        digest TEXT PRIMARY KEY, session INTEGER NOT NULL REFERENCES oauth_sessions(id) ON DELETE CASCADE,
        kind TEXT NOT NULL, expires REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE IF NOT EXISTS claims (
        token TEXT PRIMARY KEY, public_key TEXT NOT NULL, user_guid TEXT, created REAL NOT NULL)""",
)

LATER_COLUMNS = (
    ("jobs", "skip_reason", "TEXT"),
    ("jobs", "scheduled_time", "TEXT"),
    ("jobs", "queued_time", "TEXT"),
    ("users", "service", "INTEGER NOT NULL DEFAULT 0"),
)
"""Table, column and type of what data folders of earlier versions lack."""
