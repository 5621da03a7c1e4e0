# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import base
from . import ir_fields_converter
from . import revisit_reader
from . import base_bounds
from . import revisit_imported_once_mixin
