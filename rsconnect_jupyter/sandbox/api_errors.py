# ruff: noqa: E501 - the texts are the table's
"""Connect's error numbers: which HTTP status each has and what it says.

Source: the error table of the Connect API (statuses and texts of 1-195 as documented; of later codes only the names
are public, their status and text are our choice).
"""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A request is refused with one of Connect's error numbers.

    Args:
        code: Connect's error number.
        message: A more exact sentence than the table's.
        status: Another HTTP status than the table's.
    """

    def __init__(self, code: int, message: str | None = None, *, status: int | None = None) -> None:
        usual_status, usual_message = CODES[code]
        self.code = code
        self.status = status or usual_status
        self.message = message or usual_message
        super().__init__(self.message)

    def envelope(self) -> dict[str, Any]:
        """Return Connect's error body ``{code, error, payload}``."""
        return {"code": self.code, "error": self.message, "payload": None}


class OAuthError(ApiError):
    """A request to an OAuth endpoint is refused, in the words of RFC 6749.

    Args:
        error: The RFC's error code.
        description: A sentence for people.
    """

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(25, description, status=status)
        self.error = error

    def envelope(self) -> dict[str, Any]:
        """Return RFC 6749's error body."""
        return {"error": self.error, "error_description": self.message}


def disk_error(error: OSError) -> ApiError:
    """Return the refusal of a bundle that the disk does not take (400/134). Pure."""
    return ApiError(134, f"Unable to write bundle to disk: {error.strerror or error}.")


# fmt: off
CODES: dict[int, tuple[int, str]] = {
    1: (500, "An internal failure occurred."),
    3: (400, "The requested object ID is invalid."),
    4: (404, "The requested object does not exist."),
    5: (400, "Application name must be between 3 and 64 alphanumeric characters, dashes, and underscores."),
    7: (400, "The requested username is not permitted."),
    8: (409, "The requested username is already in use. Usernames are case sensitive. Please ensure you are using the correct case."),
    9: (404, "The requested user could not be found."),
    11: (400, "The requested filter could not be applied."),
    12: (400, "A required parameter is missing."),
    13: (400, "The requested range is invalid."),
    14: (400, "Group name must be between less than 4096 alphanumeric characters."),
    15: (409, "The requested group name is already in use."),
    16: (409, "The user is already a member of the group."),
    17: (404, "The requested item could not be removed because it does not exist."),
    18: (404, "The requested item could not be changed because it does not exist."),
    19: (403, "You don't have permission to access this item."),
    20: (403, "You don't have permission to remove this item."),
    21: (403, "You don't have permission to change this item."),
    22: (403, "You don't have permission to perform this operation."),
    23: (403, "You don't have permission to give the user this role."),
    24: (401, "The requested operation requires authentication."),
    25: (400, "The parameter is invalid."),
    26: (409, "An object with that name already exists."),
    28: (404, "No application bundle to deploy."),
    29: (401, "The token is expired. Authentication tokens must be claimed within one hour."),
    30: (401, "We couldn't log you in with the provided credentials. Please ask your administrator for assistance."),
    32: (400, "The requested filter is not valid."),
    33: (403, "This user cannot be added as a collaborator because they don't have permission to publish content."),
    34: (400, "The application's owner cannot be added as a collaborator or viewer."),
    37: (400, "Schedules must have a start time and it must be after 1/1/2010."),
    38: (400, "The application's manifest is invalid or missing."),
    39: (400, "The application does not support this action."),
    45: (400, "Invalid MinProcesses setting. The MinProcesses setting may not exceed the Scheduler.MinProcessesLimit setting."),
    48: (403, "You cannot change the type of application once deployed. Try deploying this as a new application instead of updating an existing one."),
    50: (403, "This user is locked."),
    51: (409, "Vanity path conflicts with one or more already in use."),
    52: (400, "Vanity path is not permitted."),
    53: (400, "Immutable field cannot be changed."),
    54: (400, "You cannot set this content to run as the current user"),
    59: (400, "There is no rendering available."),
    61: (400, "You cannot change the role of the only remaining administrator."),
    62: (400, "An API key name must not be blank."),
    66: (400, "You cannot assign ownership to another user."),
    72: (400, "Not allowed to create schedule with different application association than its variant"),
    75: (400, "You may not delete the active bundle for an application"),
    77: (400, "A tag name cannot be more than 255 characters"),
    78: (400, "A tag must have a name"),
    79: (400, "Cannot assign a category to an app"),
    81: (400, "Duplicate names are not permitted; a sibling tag or category already has this name"),
    82: (400, "The bundle for deployment must belong to the target application."),
    84: (403, "The token has already been claimed. Tokens can only be claimed once."),
    85: (400, "A token using the same token key already exists"),
    86: (400, "A new token MUST contain a public_key and token in the json body."),
    87: (400, "The request body cannot be parsed"),
    88: (400, "Cannot apply the requested change because it would make the target object an ancestor of itself."),
    92: (403, "XSRF token mismatch"),
    102: (409, "A schedule for this variant already exists."),
    104: (400, "The content checksum header and body MD5 sum are not equal."),
    106: (409, "Unable to update environment variables because they were changed while you were editing them."),
    107: (400, "That username is not allowed because it is prohibited by policy."),
    108: (409, "Environment changes contain a prohibited variable"),
    109: (403, "This type of content is not allowed because it is prohibited by policy."),
    110: (403, "You cannot change the categorization of content once deployed. Try deploying this as a new application instead of updating an existing one."),
    111: (403, "You cannot change if an app is parameterized once deployed. Try deploying this as a new application instead of updating an existing one."),
    112: (400, "The provided user role is not recognized."),
    113: (400, "Invalid MaxProcesses setting. The MaxProcesses setting may not exceed the Scheduler.MaxProcessesLimit setting."),
    114: (400, "Invalid MinProcesses setting. The MinProcesses setting may not exceed the MaxProcesses setting."),
    115: (400, "The provided status is not recognized."),
    117: (400, "Unknown access type."),
    118: (403, "This access type is not allowed because it is prohibited by policy."),
    121: (400, "The request JSON is invalid."),
    122: (400, "Application title must be between 3 and 1024 characters."),
    123: (400, "Application description must be 4096 characters or less."),
    125: (400, "Content-Length cannot be 0."),
    126: (400, "Request Content-Length did not match the number of bytes received."),
    134: (400, "Unable to write bundle to disk."),
    135: (400, "Unable to extract the bundle."),
    136: (400, "Time values must be in RFC3339 format."),
    141: (404, "Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/"),
    142: (409, "The app is already managed by git."),
    143: (409, "The app is not managed by git."),
    144: (409, "Uploading a content bundle is not allowed for this application since it is managed by git."),
    145: (400, "Git support is disabled."),
    146: (400, "Git URLs must be absolute and cannot have username, query, or fragment."),
    147: (400, "The specified app mode is not executable."),
    148: (400, "The specified app mode is not valid."),
    149: (409, "Environment changes contain a duplicated variable name."),
    150: (400, "The load factor must be between 0.0 and 1.0."),
    151: (400, "The timeout must be between 0 and 2592000 seconds."),
    152: (400, "The principal type must be 'user' or 'group'."),
    153: (404, "The requested group could not be found."),
    154: (409, "The requested user is already in the content permission list."),
    155: (409, "The requested group is already in the content permission list."),
    156: (403, "This user cannot be assigned as the owner because they don't have permission to publish content."),
    157: (400, "The requested parent tag does not exist"),
    158: (400, "The requested tag does not exist"),
    161: (400, "The include option specified is not valid"),
    162: (400, "The specified hostname is not an active Connect host"),
    163: (409, "The specified job cannot be terminated because it is not active"),
    164: (400, "Git URLs must use HTTP or HTTPS."),
    165: (403, "Cannot create bootstrapping user due to existing users"),
    166: (401, "The provided JWT is invalid"),
    168: (400, "The title must be between 1 and 64 characters."),
    169: (400, "The description cannot be more than 4096 characters."),
    170: (400, "The cluster_name must be 'Kubernetes'."),
    171: (400, "A unique name for the environment must be provided."),
    172: (400, "Unknown matching type."),
    173: (400, "The installation path must be an absolute Unix filepath."),
    174: (400, "The installation version must use semantic version format."),
    175: (409, "An environment with that name already exists."),
    177: (400, "The supervisor path may not contain any whitespace control characters."),
    181: (400, "Invalid MemoryRequest setting. The MemoryRequest setting cannot be less than 0 or greater than 9007198180999168."),
    183: (400, "Invalid MemoryLimit setting. The MemoryLimit setting cannot be less than 0 or greater than 9007198180999168."),
    185: (400, "Invalid MemoryRequest setting. The MemoryRequest setting may not exceed the MemoryLimit setting."),
    186: (400, "Invalid CPURequest setting. The CPURequest setting must be a positive number."),
    188: (400, "Invalid CPULimit setting. The CPULimit setting must be a positive number."),
    190: (400, "Invalid CPURequest setting. The CPURequest setting may not exceed the CPULimit setting."),
    191: (400, "Invalid MinProcesses setting. The MinProcesses setting must be a positive number."),
    192: (400, "Invalid MaxProcesses setting. The MaxProcesses setting must be a positive number."),
    193: (400, "When provided, the default_image_name cannot be empty and may not contain any whitespace characters."),
    195: (400, "Invalid configuration. Service accounts cannot be set on content. Please contact an administrator to update Connect's server configuration to enable this feature."),
    196: (400, "The AMD GPU limit must be a positive number."),
    198: (400, "The NVIDIA GPU limit must be a positive number."),
    222: (403, "The content is locked and cannot be changed."),
    223: (403, "The content is locked and cannot be run."),
    225: (400, "The name of an OAuth integration cannot be empty."),
    227: (404, "There is no such OAuth template."),
    232: (400, "The bundle URL is not valid."),
    233: (400, "A sandbox fetches no bundles from other servers; upload the archive itself."),
    239: (400, "The number of connections per process must be a positive number."),
    245: (400, "The schedule is not valid."),
    258: (400, "An OAuth integration is listed more than once."),
    265: (403, "The environment is managed by the server's configuration."),
    266: (400, "Environment variable names cannot be empty."),
    278: (404, "The bundle holds no such file."),
}
# fmt: on
"""Number -> (HTTP status, text)."""
