# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import res_company
from . import res_config_settings
from . import res_users
from . import hr_employee
from . import resource_calendar
from . import revisit_workday
from . import revisit_team
