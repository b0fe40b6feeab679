"""keylime's own parser and replay of an ASCII list, against the value of PCR 10 in the sha256 bank."""

import logging
import sys
import types

try:
    import gpg  # pylint: disable=unused-import
except ImportError:  # signed allowlists only; its bindings need a C library
    sys.modules["gpg"] = types.ModuleType("gpg")

from keylime.common.algorithms import Hash
from keylime.ima import ima

logging.disable(logging.CRITICAL)  # it would tell each violation

with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().splitlines()
value, _ = ima.process_measurement_list(None, lines, pcrval=sys.argv[2], hash_alg=Hash.SHA256)
sys.exit(value != sys.argv[2])
