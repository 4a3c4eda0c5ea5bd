"""The frozen dataclasses that packages hand to each other. Data only: no I/O, no logic beyond shape."""

from .bundle import Bundle, BundleFile, Distribution, KernelEnvironment, Requirements
from .content import TEXT_NOTEBOOKS, Content, Mode, TaskResult
from .credential import Credential, CredentialKind, Exchange, HttpAnswer, RequestParts
from .event import Event, Status, Step, timestamp
from .finding import Finding, Fix, Severity, Where
from .history import Deployment, Publication
from .options import (
    OPTIONS,
    REMEMBERED,
    BundleOptions,
    HideInput,
    Installation,
    OptionArguments,
    OptionInfo,
    PackageManager,
    PublishOptions,
    PublishRequest,
)
from .secret import HIDDEN, Secret
from .server import KeyPlace, Origin, Server, ServerFacts, User

__all__ = [
    "HIDDEN",
    "OPTIONS",
    "REMEMBERED",
    "TEXT_NOTEBOOKS",
    "Bundle",
    "BundleFile",
    "BundleOptions",
    "Content",
    "Credential",
    "CredentialKind",
    "Deployment",
    "Distribution",
    "Event",
    "Exchange",
    "Finding",
    "Fix",
    "HideInput",
    "HttpAnswer",
    "Installation",
    "KernelEnvironment",
    "KeyPlace",
    "Mode",
    "OptionArguments",
    "OptionInfo",
    "Origin",
    "PackageManager",
    "Publication",
    "PublishOptions",
    "PublishRequest",
    "RequestParts",
    "Requirements",
    "Secret",
    "Server",
    "ServerFacts",
    "Severity",
    "Status",
    "Step",
    "TaskResult",
    "User",
    "Where",
    "timestamp",
]
