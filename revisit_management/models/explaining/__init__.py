# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import overlap
from . import policy
from . import trigger
from . import revisit_uncounted
