# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_report_rule_mixin
from . import revisit_archive_rule_mixin
from . import revisit_result_rule_mixin
from . import revisit_analysis_rule_mixin
from . import revisit_rulebook
from . import rulebook_loading
from . import rulebook_export
from . import rulebook_upload
from . import revisit_rulebook_version
from . import rulebook_life
from . import revisit_trigger
from . import revisit_trigger_subject
from . import revisit_script
from . import revisit_tries_mixin
from . import revisit_policy
from . import policy_planning
from . import policy_recurrence
from . import revisit_policy_channel
from . import revisit_policy_step
from . import policy_touch
from . import revisit_contact_role
from . import revisit_attribute
