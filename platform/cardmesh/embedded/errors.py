"""What can go wrong before a single service answers, said so that a person knows the next step."""


class EmbeddedError(Exception):
    """A service or the data folder cannot be used; the message names the cause and the remedy."""


class ServiceFailed(EmbeddedError):
    """A process ended or never became ready; the message carries the tail of its log."""


class DataFolderBusy(EmbeddedError):
    """Another `cardmesh up` holds this data folder."""


class DataFolderUnusable(EmbeddedError):
    """The data folder is not ours, not writable, or was written by an incompatible version."""


class ServiceUnavailable(EmbeddedError):
    """There is no wheel with this service for this machine; point its URL at a real one."""
