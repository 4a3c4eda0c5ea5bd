"""A JupyterHub for tests: two users, each with a Jupyter of their own below the hub's prefix, and an idle culler."""

import os
import sys

from traitlets.config import get_config

c = get_config()
port, packages, folder, proxy = (os.environ[f"HUB_TEST_{each}"] for each in ("PORT", "PACKAGES", "FOLDER", "PROXY"))

c.JupyterHub.bind_url = f"http://127.0.0.1:{port}/hubs/one/"
c.JupyterHub.hub_port = int(port) + 1
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{int(port) + 2}"
c.ConfigurableHTTPProxy.command = [proxy]
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{folder}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = f"{folder}/proxy.pid"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "open sesame"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{folder}/homes/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--ServerApp.jpserver_extensions={'rsconnect_jupyter': True}", "--ServerApp.allow_root=True"]
c.Spawner.environment = {"PYTHONPATH": packages, "JUPYTERHUB_ACTIVITY_INTERVAL": "2"}
c.Spawner.http_timeout = c.Spawner.start_timeout = 60
c.JupyterHub.services = [
    {"name": "test", "admin": True, "api_token": os.environ["HUB_TEST_TOKEN"]},
    {
        "name": "culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=20", "--cull-every=2"],
        "environment": {"JUPYTERHUB_API_TOKEN": os.environ["HUB_TEST_TOKEN"]},
    },
]
c.JupyterHub.load_roles = [
    {
        "name": "everything",
        "scopes": [
            "list:users",
            "read:users",
            "users:activity",
            "read:users:activity",
            "read:servers",
            "delete:servers",
        ],
        "services": ["culler"],
    }
]
