# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_scheme
from . import revisit_indicator
from . import revisit_indicator_band
from . import revisit_grade
from . import revisit_rulebook
