"""RPC based model parallel training: gradients live in the distributed autograd context, not in .grad."""
import os

import torch
import torch.distributed as dist
from torch import nn


def run(rank, world_size):
    import torch.distributed.autograd as dist_autograd
    import torch.distributed.rpc as rpc
    from torch.distributed.optim import DistributedOptimizer

    rpc.init_rpc(f'worker{rank}', rank=rank, world_size=world_size)
    if rank == 0:
        net = nn.Linear(8, 1)
        params = [rpc.RRef(p) for p in net.parameters()]
        opt = DistributedOptimizer(torch.optim.SGD, params, lr=0.05)
        x, y = torch.randn(64, 8), torch.randn(64, 1)
        for i in range(10):
            with dist_autograd.context() as context_id:
                loss = (net(x) - y).pow(2).mean()
                dist_autograd.backward(context_id, [loss])
                opt.step(context_id)
    rpc.shutdown()


if __name__ == '__main__':
    if 'MASTER_ADDR' in os.environ and dist.is_available():
        run(int(os.environ['RANK']), int(os.environ['WORLD_SIZE']))
    else:
        print('start me with torchrun')
