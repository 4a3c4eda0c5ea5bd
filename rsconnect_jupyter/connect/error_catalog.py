"""Connect's own error numbers: what happened, and what the person publishing can do.

Numbers and meanings from the error table of the Connect API (2023.09) and its names (2026).
"""

from __future__ import annotations

from typing import NamedTuple


class CatalogEntry(NamedTuple):
    """What we say for a number; an empty message keeps the server's own text."""

    message: str
    hint: str
    code: str | None = None


_E = CatalogEntry
_GONE = "It may have been deleted. Publish as new content."
_ASK = "Ask the content's owner or a Connect administrator for the permission."
_ADMIN = "Ask your Connect administrator."
_AGAIN = "Publish again. If it happens again, ask your Connect administrator."
_AS_NEW = "Publish as new content, or choose the earlier format."
_FORMAT = "Choose another format."
_NEW_KEY = "Create a new API key in Connect and enter it."
_LOCKED = "Ask who locked it, or publish as new content."
_GIT = "Push to its Git repository, or publish as new content."
_PROXY = "Publish again. A proxy may be changing uploads."

CATALOG: dict[int, CatalogEntry] = {
    1: _E("", "Connect failed internally. Its administrator can find more in the server's log.", "server-failed"),
    2: _E("Connect does not offer this operation.", "The server may be too old for it.", "endpoint-missing"),
    3: _E("Connect does not accept this content identifier.", "Choose the content from the list, or publish as new."),
    4: _E("Connect has no such {object}.", "It may have been deleted, or the address is wrong.", "not-found"),
    5: _E(
        "Connect does not accept the content's name.",
        "A name has 3 to 64 letters, digits, dashes and underscores.",
        "bad-name",
    ),
    9: _E("Connect does not know that user.", "Check the user's name."),
    12: _E("", "A parameter was missing. The server may not support this client."),
    13: _E("", "A number was out of the range that the server accepts."),
    17: _E("It was already deleted.", "There is nothing left to do.", "not-found"),
    18: _E("The object to change no longer exists.", _GONE, "not-found"),
    19: _E("You do not have permission to view this content on Connect.", _ASK, "forbidden"),
    20: _E("You do not have permission to delete this on Connect.", _ASK, "forbidden"),
    21: _E(
        "You do not have permission to change this content on Connect.",
        f"{_ASK} Or publish as new content.",
        "forbidden",
    ),
    22: _E(
        "Your Connect account does not have permission to do this.",
        "Publishing needs the role publisher or administrator, and collaborator rights on the content.",
        "forbidden",
    ),
    23: _E("You do not have permission to give this role on Connect.", "Ask a Connect administrator.", "forbidden"),
    24: _E("Connect requires an API key for this.", "Add an API key for this server.", "sign-in-failed"),
    25: _E("", "Connect did not accept a parameter. The server may not support this client."),
    26: _E("You already have content of this name on Connect.", "Choose another title.", "name-taken"),
    28: _E("There is no bundle to deploy.", "Publish again, so that the files are uploaded.", "bundle-missing"),
    29: _E("The API key or token has expired.", _NEW_KEY, "key-expired"),
    30: _E(
        "The specified API key is not valid.",
        "Create an API key in Connect (your name, API Keys) and enter it.",
        "bad-api-key",
    ),
    38: _E("The bundle's manifest is missing or not valid.", _AGAIN, "bad-manifest"),
    39: _E("This content does not support that action.", "Only documents can be rendered again."),
    40: _E("Your Connect account is not confirmed yet.", "Follow the link in Connect's email.", "account-unconfirmed"),
    47: _E("Your Connect account has not been set up.", "Ask a Connect administrator to add you.", "account-missing"),
    48: _E("The content on Connect has another format, which cannot change.", _AS_NEW, "mode-changed"),
    50: _E("Your Connect account is locked.", "Ask a Connect administrator to unlock it.", "account-locked"),
    51: _E("That path is already used by other content.", "Choose another path.", "path-taken"),
    52: _E("Connect does not permit that path.", "Choose another path."),
    62: _E("An API key must have a name.", "Give it a name."),
    63: _E("Connect cannot reach its authentication service (LDAP).", "Try again later, or ask its administrator."),
    64: _E("Connect's license does not allow another user.", _ADMIN),
    65: _E("This server's license does not include this type of content.", _FORMAT),
    75: _E("The active bundle cannot be deleted.", "Activate another bundle first.", "bundle-active"),
    82: _E("The bundle belongs to other content.", _AGAIN, "bundle-foreign"),
    83: _E("Too much content matches.", "Type more of the title."),
    87: _E("Connect could not read the request.", "A proxy may have changed it."),
    92: _E("Connect took the request for one of a web browser.", "Try again. A proxy may be adding cookies."),
    95: _E("Connect does not allow an API key here.", _ADMIN, "forbidden"),
    97: _E("Connect does not redirect to another host.", "Use the address that its administrator gave you."),
    98: _E("Your group is not allowed to sign in to Connect.", _ADMIN, "sign-in-failed"),
    99: _E("Connect requires you to sign in again.", _NEW_KEY, "sign-in-failed"),
    104: _E("The bundle was damaged during the upload.", _PROXY, "bundle-damaged"),
    105: _E("This server does not support TensorFlow models.", _FORMAT),
    106: _E("Someone else changed the environment variables meanwhile.", "Publish again.", "changed-meanwhile"),
    108: _E("Connect does not permit one of the environment variables.", "Choose another name.", "bad-variable"),
    109: _E("The administrator does not permit this type of content.", _FORMAT, "mode-forbidden"),
    110: _E("The content on Connect has another category, which cannot change.", _AS_NEW, "mode-changed"),
    111: _E("Content with parameters cannot become content without, or the reverse.", _AS_NEW, "mode-changed"),
    117: _E("Connect does not know that type of access.", "Use all, logged_in or acl.", "bad-access"),
    118: _E("The administrator does not permit that type of access.", "Choose a narrower one.", "access-forbidden"),
    121: _E(
        "", "The request had a field that the server does not know. The server may be too old for it.", "field-unknown"
    ),
    122: _E("Connect does not accept the title.", "A title has 3 to 1024 characters.", "bad-title"),
    123: _E("The description is too long.", "Connect takes at most 4096 characters."),
    124: _E("No Connect administrator has an email address.", _ADMIN),
    125: _E("The bundle arrived empty.", _PROXY, "bundle-damaged"),
    126: _E("The bundle arrived incomplete.", "Publish again. The connection may be unstable.", "bundle-damaged"),
    134: _E(
        "Connect could not store the bundle.", "Its disk may be full. Ask your Connect administrator.", "server-failed"
    ),
    135: _E("Connect could not unpack the bundle.", _AGAIN, "bundle-unreadable"),
    141: _E(
        "Connect no longer knows the task.",
        "A load balancer without sticky sessions may cause this. See the content's logs in Connect.",
        "task-lost",
    ),
    142: _E("This content is managed by Git.", _GIT, "git-managed"),
    143: _E("This content is not managed by Git.", "Publish a bundle instead."),
    144: _E("This content is managed by Git and does not accept uploads.", _GIT, "git-managed"),
    147: _E("Content of this type has no processes to configure.", "Leave these settings out."),
    148: _E(
        "This server does not know this type of content.",
        f"{_FORMAT} The server may be too old for this one.",
        "mode-unknown",
    ),
    149: _E("An environment variable is given twice.", "Give each name once.", "bad-variable"),
    150: _E("The load factor must be between 0 and 1.", "Change this setting."),
    151: _E("The timeout must be between 0 and 2592000 seconds.", "Change this setting."),
    161: _E("", "The server may be too old for this request."),
    165: _E("The server already has users.", "Sign in and create an API key in Connect."),
    166: _E("Connect does not accept the bootstrap token.", "Create a new token, as tokens expire.", "sign-in-failed"),
    222: _E("This content is locked and does not accept new bundles.", _LOCKED, "content-locked"),
    223: _E("This content is locked and cannot be run.", _LOCKED, "content-locked"),
    225: _E("Connect does not accept the name of the OAuth integration.", "Choose another name."),
    226: _E("Connect does not accept the description of the OAuth integration.", "Make it shorter."),
    231: _E("The content has no deployed bundle yet.", "Publish a bundle first."),
    232: _E("Connect does not accept the bundle's address.", "Upload the bundle instead."),
    233: _E("Connect could not download the bundle from its address.", "Upload the bundle instead."),
    259: _E("This content is not public.", "Use an API key."),
    260: _E("This server's license does not include public content.", "Choose a narrower access."),
    266: _E("An environment variable has no name.", "Give each variable a name.", "bad-variable"),
    272: _E("Connect is set to run no processes for this content.", "Raise its process limit in Connect."),
    274: _E("The administrator does not let publishers upload bundles.", _ADMIN, "forbidden"),
    277: _E("Connect received too many requests.", "Wait a minute and try again.", "too-many-requests"),
}

_KEYS = {"bad-api-key", "key-expired", "sign-in-failed"}
_ACCOUNTS = {"account-locked", "account-missing", "account-unconfirmed"}
_OBJECTS_MISSING = {"bundle-missing", "endpoint-missing", "name-taken", "not-found", "task-lost"}


def entry_for(status: int, number: int | None) -> CatalogEntry:
    """Return what we say for an answer; the status decides what it is about: 401 signing in, 403 permissions.

    Some endpoints and proxies pair these two with numbers of another meaning.
    """
    entry = CATALOG.get(number, _UNKNOWN) if number is not None else _UNKNOWN
    if status == 401:
        return entry if entry.code in _KEYS | _ACCOUNTS else _SIGN_IN
    if status == 403 and entry.code in _KEYS | _OBJECTS_MISSING:
        return _FORBIDDEN
    return entry


_UNKNOWN = _E("", "")
_SIGN_IN = _E("Connect did not accept the sign-in.", "Check the API key of this server.", "sign-in-failed")
_FORBIDDEN = _E("You do not have permission to do this on Connect.", _ASK, "forbidden")

OBJECTS = {
    "applications": "content",
    "bundles": "bundle",
    "content": "content",
    "environments": "environment",
    "groups": "group",
    "jobs": "job",
    "keys": "API key",
    "permissions": "permission",
    "tags": "tag",
    "tasks": "task",
    "users": "user",
    "variants": "variant",
}


def object_in(path: str) -> str:
    """Return what the last identifier of a path names: ``bundle`` for ``/v1/content/<guid>/bundles/<id>``."""
    return next((OBJECTS[part] for part in reversed(path.split("/")) if part in OBJECTS), "object")
