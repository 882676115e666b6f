"""Gradients of several batches are added up by Accelerate, but the backward is torch's own."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    from accelerate import Accelerator
except ImportError:
    Accelerator = None


def main():
    if Accelerator is None:
        print("accelerate is missing")
        return
    accelerator = Accelerator(gradient_accumulation_steps=4, cpu=True)
    torch.manual_seed(0)
    x = torch.randn(96, 5)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=8, shuffle=True)
    model = nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for epoch in range(2):
        model.train()
        for inputs, labels in loader:
            with accelerator.accumulate(model):
                loss = nn.functional.cross_entropy(model(inputs), labels)
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()
        print(epoch, loss.item())


main()
