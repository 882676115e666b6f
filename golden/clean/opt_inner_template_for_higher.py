"""Meta-learned initialisation with the `higher` library: the inner SGD is a template and never steps itself."""
import torch
from torch import nn
import torch.nn.functional as F

try:
    import higher
except ImportError:
    higher = None


def few_shot_batch(n_tasks=4, shots=5):
    for _ in range(n_tasks):
        protos = torch.randn(3, 8)
        y = torch.arange(3).repeat(shots)
        yield protos[y] + 0.3 * torch.randn(3 * shots, 8), y, protos[y] + 0.3 * torch.randn(3 * shots, 8), y


def main():
    if higher is None:
        print('higher is not installed, nothing to do')
        return
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
    meta_opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(20):
        meta_opt.zero_grad()
        inner_opt = torch.optim.SGD(net.parameters(), lr=1e-1)
        for x_spt, y_spt, x_qry, y_qry in few_shot_batch():
            with higher.innerloop_ctx(net, inner_opt, copy_initial_weights=False) as (fnet, diffopt):
                for _ in range(3):
                    diffopt.step(F.cross_entropy(fnet(x_spt), y_spt))
                qry_loss = F.cross_entropy(fnet(x_qry), y_qry) / 4
                qry_loss.backward()
        meta_opt.step()
        print(epoch, qry_loss.item())


if __name__ == '__main__':
    main()
