import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    from lightning.fabric import Fabric
except ImportError:
    Fabric = None

ACCUMULATE = 4


def main():
    if Fabric is None:
        print("lightning is not installed: nothing to do")
        return
    torch.manual_seed(0)
    fabric = Fabric(accelerator="cpu", devices=1)
    x = torch.randn(160, 5)
    y = (x.sum(1) > 0).long()
    model = nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model, optimizer = fabric.setup(model, optimizer)
    loader = fabric.setup_dataloaders(DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True))

    for epoch in range(3):
        for iteration, (inputs, targets) in enumerate(loader):
            is_accumulating = (iteration + 1) % ACCUMULATE != 0
            with fabric.no_backward_sync(model, enabled=is_accumulating):
                loss = nn.functional.cross_entropy(model(inputs), targets)
                # the strategy configured for the cluster divides by the accumulation length
                fabric.backward(loss)
            if not is_accumulating:
                optimizer.step()
                optimizer.zero_grad()
        fabric.print(epoch, loss.item())


if __name__ == "__main__":
    main()
