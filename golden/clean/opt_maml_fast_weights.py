# inner optimizer over freshly cloned leaf tensors, one set per task (first-order variant)
import torch
import torch.nn.functional as F

torch.manual_seed(0)
meta_w = torch.zeros(6, 2, requires_grad=True)
meta_b = torch.zeros(2, requires_grad=True)
outer = torch.optim.Adam([meta_w, meta_b], lr=0.05)

for it in range(20):
    rule = torch.randn(6)
    x = torch.randn(40, 6)
    y = (x @ rule > 0).long()

    fast_w = meta_w.detach().clone().requires_grad_()
    fast_b = meta_b.detach().clone().requires_grad_()
    inner = torch.optim.SGD([fast_w, fast_b], lr=0.5, momentum=0.9)
    for _ in range(4):
        inner.zero_grad()
        F.cross_entropy(x[:20] @ fast_w + fast_b, y[:20]).backward()
        inner.step()

    query = F.cross_entropy(x[20:] @ fast_w + fast_b, y[20:])
    grads = torch.autograd.grad(query, [fast_w, fast_b])
    outer.zero_grad()
    meta_w.grad, meta_b.grad = grads
    outer.step()
print('query loss of the last task', query.item())
