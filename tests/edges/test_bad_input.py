"""Whatever is wrong: one sentence, one hint, the right exit code, no traceback."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Make, Run
from serving import Sandbox
