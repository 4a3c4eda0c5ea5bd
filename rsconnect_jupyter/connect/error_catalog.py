"""Connect's error codes as sentences: what happened, and what the person publishing can do.

Numbers and meanings from the error table of the Connect API (2023.09) and its names (2026).
"""

from __future__ import annotations

from typing import NamedTuple


class Saying(NamedTuple):
    """What we say for a code; an empty message keeps the server's own text."""

    message: str
    hint: str
    code: str | None = None


_GONE = "It may have been deleted; publish it as new content."
_ASK = "Ask the content's owner or a Connect administrator for the rights."
_AGAIN = "Publish again; if it happens again, ask your Connect administrator."
_AS_NEW = "Publish it as new content, or go back to the earlier kind."

SAYINGS: dict[int, Saying] = {
    1: Saying(
        "", "This is a failure inside Connect; its administrator finds more in the server's log.", "server-failed"
    ),
    2: Saying("Connect does not offer this operation.", "The server may be too old for it.", "endpoint-missing"),
    3: Saying(
        "Connect does not accept this content's identifier.", "Choose the content from the list, or publish as new."
    ),
    4: Saying("Connect has no such content.", _GONE, "not-found"),
    5: Saying(
        "Connect does not accept the content's name.",
        "A name has 3 to 64 letters, digits, dashes and underscores.",
        "bad-name",
    ),
    9: Saying("Connect does not know that user.", "Check the user's name."),
    12: Saying("", "A parameter was missing; this client and the server may not fit together."),
    13: Saying("", "A number was out of the range that the server accepts."),
    17: Saying("It was already gone.", "There is nothing left to do.", "not-found"),
    18: Saying("What was to be changed does not exist any more.", _GONE, "not-found"),
    19: Saying("You may not see this content on Connect.", _ASK, "forbidden"),
    20: Saying("You may not delete this on Connect.", _ASK, "forbidden"),
    21: Saying("You may not change this content on Connect.", f"{_ASK} Or publish it as new content.", "forbidden"),
    22: Saying(
        "Your Connect account may not do this.",
        "Publishing needs the role publisher or administrator, and collaborator rights on the content.",
        "forbidden",
    ),
    23: Saying("You may not give this role on Connect.", "Ask a Connect administrator.", "forbidden"),
    24: Saying("Connect wants an API key for this.", "Add an API key for this server.", "sign-in-failed"),
    25: Saying("", "Connect did not accept a parameter; this client and the server may not fit together."),
    26: Saying("You already have content of this name on Connect.", "Choose another title.", "name-taken"),
    28: Saying("There is no bundle to deploy.", "Publish again, so that the files are uploaded.", "bundle-missing"),
    29: Saying("The API key or token has expired.", "Make a new API key in Connect and enter it here.", "key-expired"),
    30: Saying(
        "The specified API key is not valid.",
        "Make an API key in Connect (your name, API Keys) and enter it.",
        "bad-api-key",
    ),
    38: Saying("The bundle's manifest is missing or not valid.", _AGAIN, "bad-manifest"),
    39: Saying("This content does not support that action.", "Only documents can be rendered again."),
    40: Saying(
        "Your Connect account is not confirmed yet.", "Follow the link in Connect's e-mail.", "account-unconfirmed"
    ),
    47: Saying(
        "Your Connect account has not been set up.", "Ask a Connect administrator to add you.", "account-missing"
    ),
    48: Saying("The content on Connect is of another kind, and its kind cannot change.", _AS_NEW, "mode-changed"),
    50: Saying("Your Connect account is locked.", "Ask a Connect administrator to unlock it.", "account-locked"),
    51: Saying("That path is already used by other content.", "Choose another path.", "path-taken"),
    52: Saying("Connect does not permit that path.", "Choose another path."),
    62: Saying("An API key must have a name.", "Give it a name."),
    63: Saying("Connect cannot reach its sign-in service (LDAP).", "Try again later or tell its administrator."),
    64: Saying("Connect's licence has no room for another user.", "Ask your Connect administrator."),
    65: Saying("This server's licence does not include this kind of content.", "Publish it in another form."),
    75: Saying("The active bundle cannot be deleted.", "Activate another bundle first.", "bundle-active"),
    82: Saying("The bundle belongs to other content.", _AGAIN, "bundle-foreign"),
    83: Saying("Too much content matches.", "Type more of the title."),
    87: Saying("Connect could not read the request.", "Something between here and the server may have changed it."),
    92: Saying("Connect mixed this up with a browser's session.", "Try again; a proxy may be adding cookies."),
    95: Saying("Connect does not allow an API key here.", "Ask your Connect administrator.", "forbidden"),
    97: Saying("Connect refuses to be redirected to another host.", "Use the address its administrator gave you."),
    98: Saying("Your group may not sign in to Connect.", "Ask your Connect administrator.", "sign-in-failed"),
    99: Saying("Connect wants you to sign in again.", "Make a new API key in Connect and enter it.", "sign-in-failed"),
    104: Saying(
        "The bundle was damaged on its way to Connect.",
        "Publish again; a proxy may be changing uploads.",
        "bundle-damaged",
    ),
    105: Saying("This server does not support TensorFlow models.", "Publish it in another form."),
    106: Saying("Somebody else changed the environment variables meanwhile.", "Publish again.", "changed-meanwhile"),
    108: Saying("Connect does not permit one of the environment variables.", "Choose another name.", "bad-variable"),
    109: Saying(
        "The administrator does not permit this kind of content.", "Publish it in another form.", "mode-forbidden"
    ),
    110: Saying("The content on Connect is of another category, which cannot change.", _AS_NEW, "mode-changed"),
    111: Saying("Content with parameters cannot become content without, or the reverse.", _AS_NEW, "mode-changed"),
    117: Saying("Connect does not know that kind of access.", "Use all, logged_in or acl.", "bad-access"),
    118: Saying("The administrator does not permit that kind of access.", "Choose a narrower one.", "access-forbidden"),
    121: Saying(
        "", "This client sent a field that the server does not know; the server may be too old.", "field-unknown"
    ),
    122: Saying("Connect does not accept the title.", "A title has 3 to 1024 characters.", "bad-title"),
    123: Saying("The description is too long.", "Connect takes at most 4096 characters."),
    124: Saying("No Connect administrator has an e-mail address.", "Tell your Connect administrator."),
    125: Saying("The bundle arrived empty.", "Publish again; a proxy may be dropping uploads.", "bundle-damaged"),
    126: Saying("The bundle arrived incomplete.", "Publish again; the connection may be unstable.", "bundle-damaged"),
    134: Saying(
        "Connect could not store the bundle.", "Its disk may be full: tell your Connect administrator.", "server-failed"
    ),
    135: Saying("Connect could not unpack the bundle.", _AGAIN, "bundle-unreadable"),
    141: Saying(
        "Connect does not know the task any more.",
        "A load balancer without sticky sessions may be in between; see the content's logs in Connect.",
        "task-lost",
    ),
    142: Saying("This content is managed by git.", "Push to its repository, or publish as new content.", "git-managed"),
    143: Saying("This content is not managed by git.", "Publish a bundle instead."),
    144: Saying(
        "This content is managed by git and takes no uploads.",
        "Push to its repository, or publish as new content.",
        "git-managed",
    ),
    147: Saying("Content of this kind has no processes to configure.", "Leave these settings out."),
    148: Saying(
        "This server does not know this kind of content.",
        "Publish it in another form; the server may be too old.",
        "mode-unknown",
    ),
    149: Saying("An environment variable is given twice.", "Give each name once.", "bad-variable"),
    150: Saying("The load factor must lie between 0 and 1.", "Change this setting."),
    151: Saying("The timeout must lie between 0 and 2592000 seconds.", "Change this setting."),
    161: Saying("", "The server may be too old for what was asked."),
    165: Saying("The server has users already.", "Sign in and make an API key in Connect."),
    166: Saying("Connect does not accept the bootstrap token.", "Make a new one: it must not be older than its limit."),
    222: Saying(
        "This content is locked and takes no new bundles.",
        "Ask who locked it, or publish as new content.",
        "content-locked",
    ),
    223: Saying(
        "This content is locked and cannot be run.", "Ask who locked it, or publish as new content.", "content-locked"
    ),
    225: Saying("Connect does not accept the name of the OAuth integration.", "Choose another name."),
    226: Saying("Connect does not accept the description of the OAuth integration.", "Make it shorter."),
    231: Saying("There is nothing to show yet.", "Publish a bundle first."),
    232: Saying("Connect does not accept the bundle's address.", "Upload the bundle instead."),
    233: Saying("Connect could not fetch the bundle from its address.", "Upload the bundle instead."),
    259: Saying("This content is not public.", "Use an API key."),
    260: Saying("This server's licence does not include public content.", "Choose a narrower access."),
    266: Saying("An environment variable has no name.", "Give each variable a name.", "bad-variable"),
    272: Saying("Connect is set to run no processes for this content.", "Raise its process limit in Connect."),
    274: Saying(
        "The administrator does not let publishers upload bundles.", "Ask your Connect administrator.", "forbidden"
    ),
    277: Saying("Connect has had too many requests.", "Wait a minute and try again.", "too-many-requests"),
}
