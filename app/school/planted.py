"""What was put wrong on purpose, with its exact number: the tests and the demo hold the receipts against it."""

from dataclasses import dataclass

CLOCK = "2026-11-05 08:00:00"  # HUB_NOW of the sample, as wall time of the school


@dataclass(frozen=True, slots=True)
class Planted:
    """The faults of the first day, and what the second day changes. Only `quarantined` rows stay out of the platform."""

    # names
    four_byte_teacher: str = "20080066"
    four_byte_name: str = "杨𬀩"
    known_teacher: str = "20070067"  # at work in a college; the second day moves them and brings a bad gender code
    bad_gender: str = "3"
    moved_to: str = "104"  # the unit to which the second day moves staff
    missing_unit: str = "199"
    missing_item: str = "I9999"
    purged_item: str = "I0007"
    emptied: tuple[str, str, str] = ("academic", "t_xs", "student_to_platform")

    # the first day
    disordered_cases: int = 7  # closed before they were accepted: quarantined
    orphan_cases: int = 4  # of an item that does not exist: quarantined
    duplicate_classes: int = 2  # class numbers entered twice: both rows of each are quarantined
    orphan_staff: int = 2  # of a unit that does not exist: a warning
    orphan_steps: int = 5  # of a case that does not exist: a warning
    tied_cases: int = 3  # changed in the very second of the first run
    confidential_items: int = 2  # counted, never read
    purged_cases: int = 48  # of a retired item; gone from the hall on the second day, kept on the platform

    # the second day
    new_staff: int = 2
    changed_staff: int = 3
    gone_staff: int = 1
    new_students: int = 3
    changed_students: int = 5
    gone_students: int = 2
    new_cases: int = 24
    withdrawn_cases: int = 12

    # what the two reports find; a person who left is in the third quarter, as are changes, exports, items and steps
    over_the_holiday: int = 9  # accepted on 29 September for three days, closed on 9 October: on time
    holiday_accepted: str = "2026-09-29 10:07:00"
    left_unit: str = "107"
    left_at: str = "2026-09-15 00:00:00"
    left_reported: str = "2026-09-28 10:00:00"
    left_disabled: str = "2026-09-29 09:00:00"
    open_tasks: int = 6  # on the desk of who left
    stuck_node: str = "部门审核"
    stuck_steps: int = 24  # most of what is overdue, the six above among them
    kept_roles: int = 2  # moved on in the summer and may still handle
    without_handover: int = 2
    unfiled: int = 3
    expired_filings: int = 2
    other_role: int = 1
    other_unit: int = 1
    unapproved_items: int = 2
    unreviewed_items: int = 1
    unapproved_changes: int = 2
    version_gaps: int = 1
    unapproved_exports: int = 2
    handlerless_steps: int = 3
    weak_passwords: int = 9
    initial_passwords: int = 5
    unused_accounts: int = 14
    local_accounts: int = 2
    shared_accounts: int = 1
    local_logins: int = 3
    bursts: int = 2  # accounts that failed five times within ten minutes
    sprayed: int = 1  # networks from which twenty accounts failed
    logins_after_leaving: int = 1
    night_handlers: int = 1
    swift_handlers: int = 1  # twenty approvals in a row, each within five seconds
    own_approvals: int = 2
    all_passing: int = 1  # handlers of two hundred cases who turned nothing down
    vacant_posts: int = 2
    stale_posts: int = 3
    stale_plans: int = 1
    without_exception: int = 4
    late_holes: int = 2
    bad_month: str = "2026-08-01"
    late_incidents: int = 1
    early_calls: int = 2  # answered before the agreement held
    mended_problems: int = 4
    late_problems: int = 2

    @property
    def quarantined(self) -> dict[str, int]:
        """The quarantined rows of the first day by flow; every other flow has none."""
        return {
            "application_to_platform": self.disordered_cases + self.orphan_cases,
            "course_to_platform": 2 * self.duplicate_classes,
        }

    @property
    def changes(self) -> dict[str, tuple[int, int, int]]:
        """Rows inserted, updated, deleted by the second day's run of a flow; every other flow moves nothing.

        A run that follows a cursor sees neither the teacher who left nor the purged cases: the weekly reconcile does. The known
        teacher stays as the first day published them.
        """
        return {
            "staff_to_platform": (self.new_staff, self.changed_staff, 0),
            "staff_to_hall": (self.new_staff, self.changed_staff, 0),
            "staff_to_library": (self.new_staff, self.changed_staff, 0),
            "student_to_platform": (self.new_students, self.changed_students, self.gone_students),
            "application_to_platform": (self.new_cases, self.withdrawn_cases, 0),
            "application_step_to_platform": (2 * self.new_cases, self.withdrawn_cases, 0),
            "open_case_on_platform": (self.new_cases, 0, self.withdrawn_cases),
            "unit_month_on_platform": (0, 1, 0),
        }


PLANTED = Planted()
