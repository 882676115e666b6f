import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class IrisLikeModel(nn.Module):
    """Returns logits; probabilities come from predict_proba."""

    def __init__(self, in_features=4, hidden=16, out_features=3):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(in_features, hidden),
            nn.ReLU(),
            nn.Linear(hidden, out_features),
        )

    def forward(self, x):
        return self.layers(x)

    @torch.no_grad()
    def predict_proba(self, x):
        self.eval()
        return torch.softmax(self.forward(x), dim=1)


def fit(model, loader, epochs=6):
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.AdamW(model.parameters(), lr=0.02)
    for epoch in range(epochs):
        model.train()
        for inputs, targets in loader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, targets)
            loss.backward()
            optimizer.step()
        print(f"[{epoch + 1}/{epochs}] loss={loss.item():.4f}")


if __name__ == "__main__":
    torch.manual_seed(7)
    y = torch.randint(0, 3, (150,))
    x = torch.randn(150, 4) * 0.5
    x[:, :3] += 2 * nn.functional.one_hot(y, 3)
    model = IrisLikeModel()
    fit(model, DataLoader(TensorDataset(x, y), batch_size=15, shuffle=True))
    print(model.predict_proba(x[:3]))
