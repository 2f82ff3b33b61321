"""The order in which flows make sense: each behind those that bring what it reads and what its rows refer to."""

from graphlib import CycleError, TopologicalSorter

from catalog.campus import Catalog
from catalog.flow import After
from catalog.rule import References


def order(catalog: Catalog) -> list[str]:
    """Return the flows' names so that each stands behind those it runs `after` and behind those of the datasets it refers to."""
    brings = {(flow.dataset, flow.target.system): flow.name for flow in catalog.flows.values()}
    after = {
        flow.name: {brings[dataset, flow.source.system] for dataset in flow.schedule.after} if isinstance(flow.schedule, After) else set()
        for flow in catalog.flows.values()
    }
    referred = {
        flow.name: {
            brings[rule.dataset, flow.target.system]
            for rule in catalog.datasets[flow.dataset].rules
            if isinstance(rule, References) and (rule.dataset, flow.target.system) in brings and rule.dataset != flow.dataset
        }
        for flow in catalog.flows.values()
    }
    try:
        return list(TopologicalSorter({name: sorted(after[name] | referred[name]) for name in sorted(after)}).static_order())
    except CycleError:  # two datasets may refer to each other; `after` itself has been checked
        return list(TopologicalSorter({name: sorted(after[name]) for name in sorted(after)}).static_order())
