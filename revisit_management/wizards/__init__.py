# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import base_import_import
from . import base_import_sheets
from . import base_partner_merge
from . import revisit_callback_again
from . import revisit_callback_cancel
from . import revisit_callback_finish
from . import revisit_callback_gathering
from . import revisit_callback_sign
from . import revisit_issue_reclassify
from . import revisit_occasion_create
from . import revisit_plan_past
from . import revisit_plan_records
from . import revisit_plan_records_show
from . import revisit_plan_reset
from . import revisit_reason
from . import revisit_rulebook_end
from . import revisit_rulebook_install
from . import revisit_rulebook_raise
from . import revisit_rulebook_upload
from . import revisit_what_if
from . import revisit_what_if_replay
from . import revisit_what_if_words
from . import revisit_what_if_line
from . import revisit_why
from . import revisit_workload
