# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_scheme_part_mixin
from . import revisit_frozen_mixin
from . import revisit_upsert_mixin
from . import revisit_counted_mixin
from . import revisit_scored_mixin
