# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_named_mixin
from . import revisit_sealed_mixin
from . import revisit_locked_mixin
from . import revisit_protected_mixin
from . import revisit_decision_mixin
from . import revisit_reading_mixin
from . import revisit_unlock
from . import revisit_trace
from . import revisit_traced_mixin
from . import revisit_settled_mixin
from . import revisit_informed_mixin
from . import revisit_trained_mixin
