-- R06 未核对一致的数据集：报告所用数据集中最近一次没有核对一致的；每个数字均可由快照复算
select dataset as key, null as unit, null as part from proof where not good
