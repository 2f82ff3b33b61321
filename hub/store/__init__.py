"""What happened: runs, receipts, leases, approvals, keys, the access log, issued figures. Nothing of a row's content."""
