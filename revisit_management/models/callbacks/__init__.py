# Part of Revisit. See LICENSE file for full copyright and licensing details.

# what a callback inherits
from . import revisit_timed_mixin
from . import revisit_left_mixin
from . import revisit_handover_mixin
from . import revisit_evidence_mixin
from . import revisit_judged_mixin
from . import revisit_answered_mixin
from . import revisit_interview_mixin
from . import revisit_drafted_mixin
from . import revisit_added_mixin
from . import revisit_signed_mixin
from . import revisit_source_mixin
from . import revisit_linked_mixin
from . import revisit_agreed_time_mixin
from . import revisit_addressed_mixin
from . import revisit_mailed_mixin
from . import revisit_helped_mixin
from . import revisit_visited_mixin
from . import revisit_redone_mixin
from . import revisit_resulted_mixin
from . import revisit_chained_mixin
from . import revisit_documented_mixin
from . import revisit_reported_mixin
from . import revisit_topic_mixin
from . import revisit_taught_mixin
from . import revisit_verified_mixin
from . import revisit_by_hand_mixin
from . import revisit_corrected_mixin
from . import revisit_parked_mixin
from . import revisit_unwanted_mixin
from . import revisit_returned_mixin
from . import revisit_best_hour_mixin
from . import revisit_queue_mixin
from . import revisit_made_mixin
from . import revisit_outcome_mixin
from . import revisit_past_file_mixin
from . import revisit_past_import_mixin
from . import revisit_portal_shown_mixin
from . import revisit_portal_mixin

# the callback and the attempts to make it
from . import revisit_callback
from . import responsibility
from . import work
from . import contact
from . import customer
from . import review
from . import revisit_attempt
from . import revisit_claim
from . import revisit_best_hour
from . import revisit_public_hit
