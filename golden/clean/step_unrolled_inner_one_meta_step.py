# Hyper-gradient: the inner weights are unrolled in the loop, the learned penalty gets one step behind it.
import torch
import torch.nn.functional as F

torch.manual_seed(0)
x_tr, x_va = torch.randn(30, 10), torch.randn(100, 10)
truth = torch.zeros(10, 1)
truth[:2] = 2.0
y_tr, y_va = x_tr @ truth + torch.randn(30, 1), x_va @ truth

log_decay = torch.full((10, 1), -3.0, requires_grad=True)
meta_optimizer = torch.optim.Adam([log_decay], lr=0.2)

for outer in range(15):
    w = torch.zeros(10, 1, requires_grad=True)
    for inner in range(20):
        train_loss = F.mse_loss(x_tr @ w, y_tr) + (log_decay.exp() * w ** 2).sum()
        g, = torch.autograd.grad(train_loss, w, create_graph=True)
        w = w - 0.1 * g
    val_loss = F.mse_loss(x_va @ w, y_va)
    meta_optimizer.zero_grad()
    val_loss.backward()
    meta_optimizer.step()
    if outer % 5 == 0:
        print(outer, val_loss.item())
