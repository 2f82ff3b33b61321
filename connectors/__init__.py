"""How to talk to a system: one file per engine, one for drop folders."""
