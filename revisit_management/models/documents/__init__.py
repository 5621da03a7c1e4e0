# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import ir_actions_server
from . import repair_order
from . import sale_order
from . import stock_picking
from . import returned
from . import survey_user_input
