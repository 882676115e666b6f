import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    from accelerate import Accelerator
except ImportError:
    Accelerator = None


def training_function(config):
    accelerator = Accelerator(gradient_accumulation_steps=config["accumulate"])
    torch.manual_seed(config["seed"])
    data = torch.randn(160, 4)
    target = data.sum(dim=1, keepdim=True)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
    loader = DataLoader(TensorDataset(data, target), batch_size=8, shuffle=True)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    criterion = nn.MSELoss()
    for epoch in range(config["epochs"]):
        model.train()
        for source, targets in loader:
            with accelerator.accumulate(model):
                loss = criterion(model(source), targets)
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()
        accelerator.print(f"epoch {epoch}: {loss.item():.4f}")


def main():
    if Accelerator is None:
        print("accelerate is not installed: nothing to do")
        return
    training_function({"lr": 1e-2, "epochs": 3, "seed": 0, "accumulate": 4})


if __name__ == "__main__":
    main()
