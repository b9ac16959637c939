import time, cProfile, pstats, pytest
from tests.web.test_bad_input import *
def test_prof(town, site):
    t=time.process_time(); n=0
    import collections; c=collections.Counter()
    orig=Trial.send
    def send(self,*a,**k):
        c[self.form.endpoint]+=1; return orig(self,*a,**k)
    Trial.send=send
    pr=cProfile.Profile(); pr.enable()
    wrong=[]
    for form in list(site.forms.values()):
        tr=Trial(town,form); tr.all_at_once(); tr.one_by_one(); wrong+=tr.wrong
    pr.disable()
    print(sum(c.values()), c.most_common(12), time.process_time()-t)
    pstats.Stats(pr).sort_stats('cumtime').print_stats(35)
    open('/tmp/wrong.txt','w').write("\n".join(x.encode(errors='replace').decode() for x in dict.fromkeys(wrong)))
