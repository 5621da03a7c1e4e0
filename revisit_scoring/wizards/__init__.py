# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_score_take_back
from . import base_partner_merge
