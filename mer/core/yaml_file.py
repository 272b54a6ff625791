"""YAML as people write it: a key given twice is an error instead of a silent loss."""

from pathlib import Path
from typing import Any

import yaml

from mer.core.errors import InputError, MissingPath


class _UniqueKeys(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping; a repeated key is refused."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> Any:
    """Content of a YAML file.

    Raises:
        MissingPath: there is no such file.
        InputError: it cannot be read, is not valid YAML, or a key stands in it twice; the message has line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingPath(f"{path} does not exist.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}). Check its access rights.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not valid YAML: {error}") from None
    try:
        return yaml.load(text, Loader=_UniqueKeys)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date that there is not
        raise InputError(f"{path} is not valid YAML: {error}") from None
