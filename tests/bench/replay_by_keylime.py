"""keylime's own parser and replay of an ASCII list, against PCR 10 of the banks sha1 and sha256: one pass a bank,
which is all that it offers."""

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
for bank, wanted in zip((Hash.SHA1, Hash.SHA256), sys.argv[2:4], strict=True):
    value, _ = ima.process_measurement_list(None, lines, pcrval=wanted, hash_alg=bank)
    if value != wanted:
        sys.exit(f"{bank}: {value} is not {wanted}")
