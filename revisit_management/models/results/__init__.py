# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_result
from . import followed
from . import referral
from . import promise
